using Microsoft.Extensions.Hosting;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// What files of the operator say: read at the start, within a second after one of them has changed, and when the operator asks. If the new content cannot be
/// used, the old one stays. Thread-safe.
/// </summary>
/// <typeparam name="TFiles">Which files they are.</typeparam>
/// <typeparam name="TContent">What they say; immutable.</typeparam>
internal abstract class WatchedFiles<TFiles, TContent> : BackgroundService
    where TContent : class
{
    // An operator who has changed a file does not wait longer.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly Func<TFiles, string[]> _paths;
    private readonly Reader _read;
    private readonly Supervisor _supervisor;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private TFiles _files;
    private FileStamps _stamps;
    private TContent _current;

    /// <param name="name">Of the loop that watches, for the log and the health check.</param>
    /// <param name="files">Which files.</param>
    /// <param name="paths">Their absolute paths.</param>
    /// <param name="read">Reads them.</param>
    /// <param name="supervisor">Keeps the loop running.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="CannotStartException">A file cannot be used.</exception>
    protected WatchedFiles(string name, TFiles files, Func<TFiles, string[]> paths, Reader read, Supervisor supervisor, TimeProvider clock)
    {
        (_name, _files, _paths, _read, _supervisor, _clock) = (name, files, paths, read, supervisor, clock);
        (_stamps, _current) = Read(files);
    }

    /// <summary>Reads files.</summary>
    /// <param name="files">Which.</param>
    /// <param name="problem">What is wrong and what to do, without its full stop; null if nothing is.</param>
    /// <returns>Null if there is a problem.</returns>
    protected internal delegate TContent? Reader(TFiles files, out string? problem);

    /// <summary>What they say now.</summary>
    public TContent Current => Volatile.Read(ref _current);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _supervisor.RunAsync(_name, WatchAsync, stoppingToken);

    /// <summary>Logs that changed files are in use.</summary>
    protected abstract void TellTaken(TFiles files, TContent content);

    /// <summary>Logs that they are not.</summary>
    /// <param name="problem">Why, without its full stop.</param>
    protected abstract void TellRefused(string problem);

    /// <summary>Reads files, changed or not, other ones or the same.</summary>
    /// <returns>Has what they say used from now on.</returns>
    /// <exception cref="CannotStartException">A file cannot be used; all is as before.</exception>
    protected Action Prepare(TFiles files)
    {
        var (stamps, content) = Read(files);
        return () =>
        {
            lock (_gate)
            {
                (_files, _stamps) = (files, stamps);
                Volatile.Write(ref _current, content);
            }
        };
    }

    private (FileStamps Stamps, TContent Content) Read(TFiles files)
    {
        // Looked at first: what changes while it is read is then read again.
        var stamps = new FileStamps(_paths(files));
        return (stamps, _read(files, out var problem) ?? throw new CannotStartException(problem!));
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    private void Look()
    {
        lock (_gate)
        {
            if (!_stamps.HaveChanged())
                return;
            // Programs that renew write one file after the other: what does not fit now may fit once the second has been written.
            if (_read(_files, out var problem) is { } content)
            {
                Volatile.Write(ref _current, content);
                TellTaken(_files, content);
            }
            else
            {
                TellRefused(problem!);
            }
        }
    }
}
