using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Monitoring;

/// <summary>
/// A line for each request, written in batches by a loop of its own, so that no client waits for the disk. If the disk is slower than the
/// clients, lines are dropped, and the server's log says how many. Thread-safe.
/// </summary>
internal sealed class AccessLog : BackgroundService, IRequestObserver
{
    /// <summary>The name for standard output.</summary>
    public const string StandardOutput = "-";

    private const int BatchBytes = 64 << 10;

    private readonly string _path;
    private readonly bool _isJson;
    private readonly Supervisor _supervisor;
    private readonly ILogger _log;
    private readonly Channel<RequestRecord> _queue;
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _batch = new(BatchBytes);
    private Stream? _output;
    private long _dropped;
    private bool _isBroken;

    /// <exception cref="CannotStartException">The file cannot be opened.</exception>
    public AccessLog(RdApiOptions options, Supervisor supervisor, ILogger log)
    {
        (_path, _isJson, _supervisor, _log) = (options.AccessLog!, options.IsAccessLogJson, supervisor, log);
        _queue = Channel.CreateBounded<RequestRecord>(
            new BoundedChannelOptions(Limits.AccessLogLines) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        try
        {
            _output = Open();
        }
        catch (Exception error) when (IsFileFault(error))
        {
            throw new CannotStartException($"the access log {_path} cannot be opened: {error.Message.TrimEnd('.')}; choose another file with --access-log", error);
        }
    }

    public void End(ActiveRequest request, in RequestRecord record) => _queue.Writer.TryWrite(record);

    /// <summary>Opens the file again by its name, for programs that rename it (logrotate).</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            Guard(() =>
            {
                var output = Open();
                _output?.Dispose();
                _output = output;
            });
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        lock (_gate)
            _output?.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        WriteBatches();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _supervisor.RunAsync("access log", WriteAsync, stoppingToken);

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            WriteBatches();
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                _log.AccessLogIsSlow(dropped);
        }
    }

    private void WriteBatches()
    {
        lock (_gate)
        {
            while (_queue.Reader.TryRead(out var request))
            {
                if (_isJson)
                    AccessLogForm.WriteJson(request, _batch);
                else
                    AccessLogForm.WriteCombined(request, _batch);
                if (_batch.WrittenCount >= BatchBytes)
                    WriteBatch();
            }

            WriteBatch();
        }
    }

    private void WriteBatch()
    {
        Guard(() =>
        {
            _output ??= Open();
            // Others may have written to the file, or truncated it (logrotate's copytruncate).
            if (_output.CanSeek)
                _output.Seek(0, SeekOrigin.End);
            _output.Write(_batch.WrittenSpan);
            _output.Flush();
            _isBroken = false;
        });
        _batch.ResetWrittenCount();
    }

    // A full disk is no reason to refuse downloads: the lines are lost until there is room.
    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (IsFileFault(error))
        {
            if (!_isBroken)
                _log.AccessLogBroke(_path, error.Message.TrimEnd('.'));
            _isBroken = true;
        }
    }

    private Stream Open() => _path == StandardOutput
        ? Console.OpenStandardOutput()
        : new FileStream(_path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });

    private static bool IsFileFault(Exception error) => error is IOException or UnauthorizedAccessException or NotSupportedException;
}
