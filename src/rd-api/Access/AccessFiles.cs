using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Access;

/// <summary>
/// Keeps the rules that the operator's files say, and looks every second whether they have changed. If the new ones cannot be used, the old
/// ones stay. Thread-safe.
/// </summary>
internal sealed class AccessFiles : BackgroundService
{
    // Some hundred thousand users.
    private const long MaxFile = 16 << 20;

    private readonly AccessOptions _options;
    private readonly Supervisor _supervisor;
    private readonly TimeProvider _clock;
    private readonly ILogger<AccessFiles> _log;
    private readonly FileStamps _stamps;
    private AccessRules _current;

    /// <exception cref="CannotStartException">A file cannot be used.</exception>
    public AccessFiles(RdApiOptions options, Supervisor supervisor, TimeProvider clock, ILogger<AccessFiles> log)
    {
        (_options, _supervisor, _clock, _log) = (options.Access!, supervisor, clock, log);
        _stamps = new FileStamps([.. new[] { _options.AuthFile, _options.KeyFile }.OfType<string>()]);
        _current = Load(_options, out var problem) ?? throw new CannotStartException(problem!);
        if (_current.Passwords.Count > 0 && options.Tls is null && !options.IsLocal && !options.Proxies.HasAny)
            log.PasswordsInClearText();
    }

    public AccessRules Current => Volatile.Read(ref _current);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _supervisor.RunAsync("access files", WatchAsync, stoppingToken);

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FileStamps.Interval, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_stamps.HaveChanged())
                continue;
            if (Load(_options, out var problem) is { } rules)
            {
                Volatile.Write(ref _current, rules);
                _log.AccessChanged();
            }
            else
            {
                _log.AccessNotChanged(problem!);
            }
        }
    }

    /// <param name="problem">What is wrong, without a full stop; null if nothing is.</param>
    internal static AccessRules? Load(AccessOptions options, out string? problem)
    {
        problem = null;
        var links = options.KeyFile is null ? null : LinkSigner.Load(options.KeyFile, out problem);
        if (problem is not null)
            return null;
        var rules = options.AuthFile is null ? new AccessRules() : Read(options.AuthFile, out problem);
        return rules is null ? null : rules with { Links = links, TakesCertificates = options.TakesCertificates };
    }

    private static AccessRules? Read(string file, out string? problem)
    {
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxFile })
                problem = $"{file} is larger than {MaxFile >> 20} MiB: choose a file made by htpasswd -B with --auth-file";
            else
                return AuthFile.Parse(file, File.ReadLines(file), out problem);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"{file} cannot be read: {error.Message.TrimEnd('.')}; choose another file with --auth-file";
        }

        return null;
    }
}
