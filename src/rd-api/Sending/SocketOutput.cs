using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The output of one HTTP/1 connection, straight on its socket. What Kestrel writes leaves by send(2) from here; a region of a file
/// leaves by sendfile(2) and is written to Kestrel only in name, so that Kestrel frames, counts and times it like any other body.
/// For its connection alone; as with every pipe, one caller at a time.
/// </summary>
internal sealed class SocketOutput(ConnectionContext connection, PipeWriter transport, Socket socket) : PipeWriter
{
    /// <summary>Bytes in a region at most. Measured: 1 to 8 MiB cost the same; each flush has the whole stall limit.</summary>
    public const int MaxRegion = 2 << 20;

    // Bytes: the headers of a response and a body of a few KiB.
    private const int UsualBuffer = 16 << 10;

    // Bytes that are copied where a socket is full: a send can be awaited, sendfile(2) cannot.
    private const int Copied = 4 << 10;

    // Bytes that a client may get on an event thread before others have their turn, and what an answer counts for beside its bytes: some
    // milliseconds of sending, or 256 small answers.
    private const int Turn = 16 << 20;
    private const int AnswerCost = 64 << 10;

    // What Kestrel is given to write a region into. Nobody does, so the system never finds memory for it.
    private static readonly byte[] InName = GC.AllocateUninitializedArray<byte>(MaxRegion);

    private byte[] _buffer = [];
    private int _written;
    private FileRegion _region;
    private int _regionWritten;
    private int _turn;
    private bool _isClosed;

    /// <summary>Why some of what was promised to the client will never come; <see cref="EndOfStreamException"/> where the file ended.</summary>
    public IOException? FileFailure { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written + _regionWritten;

    private bool TakesRegion => _regionWritten < _region.Count;

    /// <summary>
    /// The bytes of <paramref name="region"/> follow what was written until now; the writer then writes as many, whatever they are,
    /// and flushes.
    /// </summary>
    public void Take(FileRegion region)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(region.Count, MaxRegion);
        _region = region;
        _regionWritten = 0;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (TakesRegion)
            return InName;
        var needed = _written + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, UsualBuffer));
            _buffer.AsSpan(0, _written).CopyTo(larger);
            ReturnBuffer();
            _buffer = larger;
        }

        return _buffer.AsMemory(_written);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (TakesRegion)
            _regionWritten += bytes;
        else
            _written += bytes;
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var isSent = false;
        try
        {
            // Written elsewhere, a region would leave twice, or not at all.
            if (_regionWritten != _region.Count)
                throw new InvalidOperationException("A region of a file was not written in name.");
            if (!_isClosed)
            {
                await SendAsync(cancellationToken);
                await EndTurnAsync();
            }

            isSent = true;
        }
        catch (IOException error)
        {
            FileFailure = error;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Kestrel would take it for a fault of its own, and go on.
            connection.Abort(new ConnectionAbortedException("A response cannot be sent.", error));
        }
        finally
        {
            _isClosed |= !isSent;
            (_region, _regionWritten, _written) = (default, 0, 0);
            ReturnBuffer();
        }

        return new FlushResult(isCanceled: false, isCompleted: _isClosed);
    }

    public override void CancelPendingFlush()
    {
        // Half of a send cannot be taken back: whoever gives up on a flush aborts the connection, which ends it.
    }

    public override void Complete(Exception? exception = null)
    {
        _isClosed = true;
        transport.Complete(exception);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        _turn += AnswerCost + _region.Count;
        var head = _region.Count == 0 ? 0 : KernelSend.SendHead(socket, _buffer.AsSpan(0, _written));
        await SendAsync(head.._written, cancellationToken);
        for (var rest = _region; rest.Count > 0;)
        {
            if (EventThread.IsCurrent && !PageCache.Has(rest.File, rest.Offset, rest.Count))
                await EventThread.LeaveAsync();
            rest = rest.Skip(KernelSend.Send(socket, rest));
            if (rest.Count == 0)
                break;
            _written = 0;
            var copied = RandomAccess.Read(rest.File, GetMemory(Copied).Span[..Math.Min(rest.Count, Copied)], rest.Offset);
            if (copied == 0)
                throw new EndOfStreamException();
            await SendAsync(..copied, cancellationToken);
            rest = rest.Skip(copied);
        }
    }

    private async ValueTask SendAsync(Range written, CancellationToken cancellationToken)
    {
        for (var rest = _buffer.AsMemory(written); !rest.IsEmpty;)
        {
            var sending = socket.SendAsync(rest, SocketFlags.None, cancellationToken);
            if (!sending.IsCompleted)
                _turn = 0;
            rest = rest[await sending..];
        }
    }

    private ValueTask EndTurnAsync()
    {
        // Whoever waited for the socket goes on on an event thread, and only who sends a file is known to do nothing there but that.
        var mayStay = _turn < Turn && (_turn > 0 || _region.Count > 0);
        if (mayStay)
            return default;
        _turn = 0;
        return EventThread.LeaveAsync();
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
