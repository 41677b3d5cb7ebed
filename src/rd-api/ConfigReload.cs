using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api;

/// <summary>
/// Reads the options again while the server runs, as it was started, and the files that they name. All that can change without a restart is taken, or nothing if something in it is
/// wrong. For one caller at a time.
/// </summary>
/// <param name="started">The options that the server was started with.</param>
/// <param name="readAgain">Reads them from where they came from.</param>
/// <param name="parts">Those that can take other options.</param>
internal sealed class ConfigReload(
    RdApiOptions started, Func<RdApiOptions?> readAgain, IEnumerable<IReloadable> parts, FileResponse files, ILogger log)
{
    private readonly IReadOnlyList<IReloadable> _parts = [.. parts];
    private IReadOnlyList<string> _saved = started.SavedOptions;

    public void Run()
    {
        try
        {
            if (readAgain() is { } next)
                Take(next);
        }
        catch (Exception error) when (error is UsageException or CannotStartException)
        {
            log.NotReloaded(error.Message);
        }
    }

    private void Take(RdApiOptions next)
    {
        // All are tried before the first is taken.
        var prepared = _parts.Select(part => (Part: part, Take: part.Prepare(next))).Where(one => one.Take is not null).ToList();
        foreach (var (_, take) in prepared)
            take!();
        files.Forget();
        var taken = prepared.SelectMany(one => one.Part.Options).ToHashSet(StringComparer.Ordinal);
        var changed = Changes(_saved, next.SavedOptions).Where(taken.Contains).DefaultIfEmpty("nothing");
        log.Reloaded(string.Join(", ", prepared.Select(one => one.Part.Name)), Listed(changed));
        _saved = next.SavedOptions;
        var others = Changes(started.SavedOptions, next.SavedOptions).Where(option => !taken.Contains(option)).ToList();
        if (others.Count > 0)
            log.NeedsRestart(Listed(others));
    }

    private static IEnumerable<string> Changes(IReadOnlyList<string> before, IReadOnlyList<string> after) =>
        before.Except(after, StringComparer.Ordinal).Concat(after.Except(before, StringComparer.Ordinal))
            .Select(argument => argument.Split('=')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Listed(IEnumerable<string> names) => string.Join(" and ", names);
}
