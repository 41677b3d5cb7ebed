using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// One version of a file on its way into a sink: connections fetch what is missing, provers look at what was found, side by side, until
/// each block is proven or one of them ends it all. Used once.
/// </summary>
internal sealed class Transfer : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _ended;
    private readonly BlockMap _map;
    private readonly Scheduler _scheduler;
    private readonly IFileSink _sink;
    private readonly Queue<Task> _loops = new();
    private ExceptionDispatchInfo? _failure;
    private volatile bool _changed;

    /// <param name="stop">Ends everything; canceled from outside, or by the transfer itself.</param>
    public Transfer(BlockMap map, Scheduler scheduler, IFileSink sink, CancellationTokenSource stop)
    {
        _map = map;
        _scheduler = scheduler;
        _sink = sink;
        _stop = stop;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        _ended.Token.Register(scheduler.Stop);
    }

    /// <summary>Ends when there is nothing more to fetch, or the transfer is over in whatever way.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Runs <paramref name="loops"/> and what they <see cref="Begin"/>, and feeds them the digests of <paramref name="manifest"/>.</summary>
    /// <returns>Whether each block is proven and where it belongs; false when the file changed on the server.</returns>
    /// <exception cref="DownloadFailedException">The first failure that ended it.</exception>
    public async Task<bool> RunAsync(IAsyncEnumerator<StreamLine> manifest, IEnumerable<Action> loops)
    {
        EndIfComplete();
        try
        {
            foreach (var loop in loops)
                Begin(loop);
            await FollowAsync(manifest);
        }
        catch (Exception error)
        {
            // Where each block is proven, a server that is gone before it says that this was all has said enough.
            if (!_map.IsComplete || error is ProtocolException)
                Fail(error);
        }

        while (TryTakeLoop(out var ended))
            await ended;
        _failure?.Throw();
        if (!_changed && !_map.IsComplete)
            _stop.Token.ThrowIfCancellationRequested();
        return !_changed;
    }

    /// <summary>Runs <paramref name="loop"/> on a thread of its own; the transfer ends after it, and with its failure.</summary>
    /// <exception cref="DownloadFailedException">There is no such thread to be had.</exception>
    public void Begin(Action loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                loop();
            }
            catch (Exception error)
            {
                FailUnlessComplete(error);
            }

            ended.SetResult();
        });
        thread.IsBackground = true;
        lock (_loops)
            _loops.Enqueue(ended.Task);
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException)
        {
            ended.SetResult();
            throw new DownloadFailedException(DownloadOutcome.LocalFile, "the system allows no more threads");
        }
    }

    /// <summary>Takes a whole block that arrived, if its digest is right; its memory is free again once it is where it belongs.</summary>
    /// <param name="digest">Of what it is.</param>
    public bool TryComplete(OpenBlock open, ReadOnlySpan<byte> digest)
    {
        if (!_scheduler.Fits(open.Block, digest))
            return false;
        if (_sink.Put(open, digest))
            Complete(open);
        return true;
    }

    /// <summary>A received block is proven and where it belongs.</summary>
    public void Complete(OpenBlock open)
    {
        Complete(open.Block);
        _scheduler.Release(open);
    }

    /// <summary>A block is proven and where it belongs.</summary>
    public void Complete(int block)
    {
        _scheduler.Complete(block);
        EndIfComplete();
    }

    /// <inheritdoc cref="IFileSink.SaveUnproven"/>
    public void SaveUnproven(ByteRange range, OpenBlock open) => _sink.SaveUnproven(range, open);

    /// <inheritdoc cref="IFileSink.WriteUnproven"/>
    public void WriteUnproven(long offset, ReadOnlySpan<byte> data) => _sink.WriteUnproven(offset, data);

    /// <inheritdoc cref="IFileSink.Read"/>
    public void Read(long offset, Span<byte> data) => _sink.Read(offset, data);

    /// <summary>The server has another version: ends the transfer.</summary>
    public void Change()
    {
        _changed = true;
        _stop.Cancel();
    }

    public void Dispose() => _ended.Dispose();

    private void EndIfComplete()
    {
        if (!_map.IsComplete)
            return;
        _ended.Cancel();
        _stop.CancelAfter(Wire.MaxSilence);
    }

    /// <summary>Ends the transfer with <paramref name="error"/>. A connection that is interrupted because everything is there ends with an exception, too.</summary>
    public void FailUnlessComplete(Exception error)
    {
        if (!_map.IsComplete)
            Fail(error);
    }

    // The first failure counts; what fails because everything was stopped does not.
    private void Fail(Exception error)
    {
        if (_stop.IsCancellationRequested)
            return;
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        _stop.Cancel();
    }

    private async Task FollowAsync(IAsyncEnumerator<StreamLine> manifest)
    {
        var hasEnd = false;
        while (await manifest.MoveNextAsync())
        {
            switch (manifest.Current)
            {
                case StreamLine.Blocks blocks:
                    if (!_scheduler.AddDigests(blocks.First, blocks.Digests))
                        Change();
                    break;
                case StreamLine.Changed:
                    Change();
                    break;
                case StreamLine.End end:
                    if (_scheduler.Root() is not { } root || !root.AsSpan().SequenceEqual(end.Root))
                        throw new ProtocolException("the server's digests do not add up to what it says of them");
                    break;
                default:
                    break;
            }

            hasEnd |= manifest.Current is StreamLine.End;
        }

        if (!hasEnd && !_changed && !_map.IsDoubtful)
            throw new ProtocolException("the metadata ends before its last line");
    }

    // One that began others ends after they are in the queue.
    private bool TryTakeLoop([NotNullWhen(true)] out Task? ended)
    {
        lock (_loops)
            return _loops.TryDequeue(out ended);
    }
}
