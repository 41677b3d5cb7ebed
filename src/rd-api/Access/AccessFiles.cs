using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Access;

/// <summary>The rules that the operator's files say.</summary>
internal sealed class AccessFiles : WatchedFiles<AccessOptions, AccessRules>, IReloadable
{
    // Some hundred thousand users.
    private const long MaxFile = 16 << 20;

    private readonly ILogger _log;
    private readonly bool _isOpen;
    private bool _isWarned;

    /// <exception cref="CannotStartException">A file cannot be used.</exception>
    public AccessFiles(RdApiOptions options, Supervisor supervisor, TimeProvider clock, ILogger log)
        : base("access files", options.Access!, access => access.Paths, Load, supervisor, clock)
    {
        _log = log;
        _isOpen = options.Tls is null && !options.IsLocal && !options.Proxies.HasAny;
        WarnOf(Current);
    }

    public string Name => "who may download";

    public IReadOnlyList<string> Options => ["--auth-file", "--key-file"];

    public Action? Prepare(RdApiOptions next)
    {
        if (next.Access is not { } access || access.TakesCertificates != Current.TakesCertificates)
            return null;
        var take = Prepare(access);
        return () =>
        {
            take();
            WarnOf(Current);
        };
    }

    protected override void TellTaken(AccessOptions files, AccessRules content)
    {
        _log.AccessChanged();
        WarnOf(content);
    }

    protected override void TellRefused(string problem) => _log.AccessNotChanged(problem);

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

    private void WarnOf(AccessRules content)
    {
        if (!_isOpen || _isWarned || !content.HasUsers)
            return;
        _isWarned = true;
        _log.SecretsInClearText();
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
