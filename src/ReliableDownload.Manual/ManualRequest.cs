namespace ReliableDownload.Manual;

/// <summary>
/// <c>--man</c> and <c>--generate-completion SHELL</c> print what packages install beside a program. Both are recognised only as
/// the whole command line, and are not listed in the help.
/// </summary>
public static class ManualRequest
{
    /// <summary>The requested text; null if the arguments request none, or <paramref name="problem"/> says what is wrong.</summary>
    public static string? Answer(IReadOnlyList<string> arguments, Func<ProgramManual> manual, out string? problem)
    {
        problem = null;
        if (arguments is ["--man"])
            return ManPage.Write(manual(), PageDate());
        if (arguments is not ["--generate-completion", ..])
            return null;

        var shell = arguments is [_, var only] ? only : null;
        switch (shell)
        {
            case "bash":
                return BashCompletion.Write(manual());
            case "zsh":
                return ZshCompletion.Write(manual());
            case "fish":
                return FishCompletion.Write(manual());
            default:
                problem = "--generate-completion takes one of bash, zsh and fish";
                return null;
        }
    }

    /// <summary>A reproducible build specifies its date (https://reproducible-builds.org/specs/source-date-epoch).</summary>
    private static DateOnly PageDate()
    {
        var epoch = long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), out var seconds) && seconds is >= 0 and <= 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : TimeProvider.System.GetUtcNow();
        return DateOnly.FromDateTime(epoch.UtcDateTime);
    }
}
