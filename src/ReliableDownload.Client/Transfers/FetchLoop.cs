using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>What one connection does: takes runs, fetches them, tries again, until nothing is missing. One thread.</summary>
internal sealed class FetchLoop(
    Transfer transfer, BlockMap map, RangeFetch fetch, DownloadOptions options, TransferCounters counters, TimeProvider clock)
{
    // Two wrong blocks behind each other mean that what comes is something else altogether, not a flipped bit.
    private const int MaxWrongInARow = 2;

    private readonly BlockBuffer _buffer = new(map.Layout.BlockSize);
    private readonly RunLength _length = new(map.Layout.BlockSize, options.Connections);
    private readonly RetryPolicy _policy = new(options);
    private int _wrongInARow;

    public void Run()
    {
        using var connection = new Connection(options);
        using var stopped = transfer.Stopped.Register(connection.Abort);
        while (map.TakeMissing(_length.Next(map.Left)) is { } run)
            FetchRun(connection, run);
    }

    private void FetchRun(Connection connection, Run run)
    {
        _buffer.Clear();
        var failures = 0;
        while (run.Count > 0 && !transfer.Stopped.IsCancellationRequested)
        {
            var result = Attempt(connection, run);
            run = run.Skip(result.Blocks);
            if (transfer.Stopped.IsCancellationRequested || result.Failure is not { } failure)
                continue;
            if (result.HasChanged)
            {
                transfer.Change();
                return;
            }

            failures = result.Bytes > 0 ? 0 : failures + 1;
            Wait(failure, failures);
        }
    }

    private RangeFetch.Result Attempt(Connection connection, Run run)
    {
        var started = clock.GetTimestamp();
        counters.BeginReceiving();
        _wrongInARow = 0;
        var result = fetch.Fetch(connection, run, _buffer, Take, transfer.Stopped);
        counters.EndReceiving();
        counters.AddFetched(result.Bytes);
        _length.Learn(result.Bytes, clock.GetElapsedTime(started));
        return result;
    }

    private bool Take(int block, ReadOnlySpan<byte> data)
    {
        if (transfer.TryComplete(block, data, isOnDisk: false))
        {
            _wrongInARow = 0;
            return true;
        }

        counters.AddWrong();
        var times = map.CountWrong(block);
        options.Tell($"block {block} arrived with wrong bytes ({times} times by now); it is fetched again");
        if (times >= options.MaxAttempts)
            throw new DownloadFailedException(DownloadOutcome.NotProven, $"block {block} arrived {times} times with bytes that its digest does not prove");
        map.Return(new Run(block, 1));
        return ++_wrongInARow < MaxWrongInARow;
    }

    private void Wait(AttemptFailure failure, int failures)
    {
        if (_policy.DelayAfter(failure, failures, Random.Shared.NextDouble()) is not { } delay)
            throw new DownloadFailedException(failure.Outcome, failure.Message);
        counters.AddRetry();
        options.TellDetail($"{failure.Message}; trying again in {delay.TotalSeconds:0.0} s");
        transfer.Stopped.WaitHandle.WaitOne(delay);
    }
}
