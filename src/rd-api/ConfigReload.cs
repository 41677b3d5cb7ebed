using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api;

/// <summary>Reads the options again while the server runs, as it was started, and takes what can change without a restart. For one caller at a time.</summary>
/// <param name="current">Receives the change.</param>
/// <param name="readAgain">Reads them from where they came from.</param>
internal sealed class ConfigReload(CurrentOptions current, Func<RdApiOptions?> readAgain, FileResponse files, ILogger<ConfigReload> log)
{
    private static readonly string[] Changeable = ["--mirror", "--cors", "--header"];

    private IReadOnlyList<string> _saved = current.Value.SavedOptions;

    public void Run()
    {
        try
        {
            if (readAgain() is { } next)
                Take(next);
        }
        catch (UsageException error)
        {
            log.ConfigNotReloaded(error.Message);
        }
    }

    private void Take(RdApiOptions next)
    {
        current.Value = current.Value with { Mirrors = next.Mirrors, Origins = next.Origins, Headers = next.Headers };
        files.Forget();
        log.ConfigReloaded(next.ConfigFile!);
        var changed = _saved.Except(next.SavedOptions, StringComparer.Ordinal).Concat(next.SavedOptions.Except(_saved, StringComparer.Ordinal))
            .Select(argument => argument.Split('=')[0]).Except(Changeable, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (changed.Count > 0)
            log.NeedsRestart(string.Join(" and ", changed));
    }
}
