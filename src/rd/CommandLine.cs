using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using ReliableDownload.Client;
using ReliableDownload.Manual;

namespace ReliableDownload.Rd;

/// <summary>The options of rd: reads them, checks them, and describes them.</summary>
internal static class CommandLine
{
    private static readonly DownloadOptions Defaults = new();

    /// <summary>Tells names apart as the usual file system of the system does.</summary>
    private static readonly StringComparer NameComparer =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static readonly Argument<FileUrl[]> Urls = new("URL")
    {
        Description = "Files to download, http:// or https://; each is named after the last part of its URL's path",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseUrls,
    };

    private static readonly Option<int> BlockMaxRetry = WholeNumber("--block-max-retry", "-r", Defaults.MaxAttempts, 0, 1_000_000,
        "Failed attempts in a row, without a byte of progress, before rd may give up");

    private static readonly Option<int> RetryTime = WholeNumber("--retry-time", "-t", (int)Defaults.MaxOutage.TotalSeconds, 0, 100_000_000,
        "Seconds without data, in addition to those attempts, before rd gives up; 0 means never");

    private static readonly Option<bool> Keep = new("--keep", "-k")
    {
        Description = "Keep the block data of a finished file, so that the same command can recreate it offline",
    };

    private static readonly Option<bool> RollingCombine = new("--rolling-combine", "-l")
    {
        Description = "Never use the file's size twice if temp and output dir are on different file systems",
    };

    private static readonly Option<string> TempDir = Folder("--temp-dir", "-d", DownloadOptions.DefaultTemporaryDirectory,
        "Where unfinished downloads are kept, one folder per file");

    private static readonly Option<string> OutputDir = Folder("--output-dir", "-o", ".", "Where finished files go");

    private static readonly Option<int?> Worker = new("--worker", "-w")
    {
        Description = "Parallel connections; auto, the default, finds the best number",
        HelpName = "INT|auto",
        DefaultValueFactory = _ => null,
        CustomParser = ParseWorker,
    };

    private static readonly Option<bool> Force = new("--force", "-f") { Description = "Replace an existing target" };

    private static readonly Option<Checksum?> WholeChecksum = new("--checksum")
    {
        Description = "Digest that the whole file must have, such as sha-256=HEX; also sha-512, sha-1, md5",
        HelpName = "NAME=HEX",
        CustomParser = ParseChecksum,
    };

    private static readonly Option<bool> AllowUnproven = new("--allow-unproven") { Description = "Exit with 0, not 13, if the server has no digests to prove the file" };

    private static readonly Option<bool> RequireProof = new("--require-proof") { Description = "Do not start if neither the server's digests nor --checksum can prove the file" };

    private static readonly Option<bool> NoMtime = new("--no-mtime") { Description = "Do not set the file's time to the server's Last-Modified" };

    private static readonly Option<double> ProgressInterval = new("--progress-interval", "-i")
    {
        Description = "Seconds between progress lines if standard error is not a terminal",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
        CustomParser = result => ParseNumber(result, 0, 86_400),
    };

    private static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Debug messages" };

    /// <summary>Parses <paramref name="arguments"/> and does what they ask for: <paramref name="run"/>, help, version, or a sentence on what is wrong.</summary>
    public static async Task<ExitCode> InvokeAsync(string[] arguments, StandardError error, Func<RdOptions, Task<ExitCode>> run)
    {
        var command = new Command("rd", "Downloads big files from any HTTP server over bad networks, and verifies every byte from an rd-api.")
        {
            Urls, BlockMaxRetry, RetryTime, Keep, RollingCombine, TempDir, OutputDir, Worker, Force,
            WholeChecksum, AllowUnproven, RequireProof, NoMtime, ProgressInterval, Verbose,
            new VersionOption("--version", "-V") { Action = new ShowVersion() },
            new HelpOption("--help", "-h"),
        };
        foreach (var option in CredentialOptions.All.Concat(ConnectionOptions.All))
            command.Add(option);
        if (ManualRequest.Answer(arguments, () => new() { Command = command, Version = $"rd {ProductVersion.Number}", Sections = RdManual.Sections }, out var problem)
            is { } page)
            return Print(page, error, ExitCode.Complete);

        if (problem is not null)
        {
            error.WriteLine($"rd: {problem}. Try rd --help.");
            return ExitCode.Usage;
        }

        command.Validators.Add(CheckTogether);
        command.Validators.Add(CredentialOptions.Check);
        command.Validators.Add(ConnectionOptions.Check);
        command.SetAction(async (parsed, _) => (int)await run(Read(parsed)));

        // Arguments that begin with '@' are names like any other, not files of arguments.
        var parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // The parser takes a first word in brackets for a directive and says nothing of it.
        var message = parsed.Errors is [var first, ..] ? first.Message : null;
        if (message is not null && !arguments.Any(argument => argument.Length > 0))
            message = "Give the URL of a file to download, such as rd http://server:8082/big.iso.";
        if (parsed.Tokens is [{ Type: TokenType.Directive }, ..])
            message = $"There is no option '{arguments[0]}'.";
        if (message is not null)
        {
            error.WriteLine($"rd: {message} Try rd --help.");
            return ExitCode.Usage;
        }

        // Signals are ours to handle, and faults are for Program.
        using var output = new StringWriter();
        var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false, Output = output };
        try
        {
            var exitCode = (ExitCode)await parsed.InvokeAsync(configuration);
            return Print(output.ToString(), error, exitCode);
        }
        catch (UnusableFileException problemOfFile)
        {
            error.WriteLine($"rd: {problemOfFile.Message}");
            return ExitCode.LocalFile;
        }
    }

    private static ExitCode Print(string text, StandardError error, ExitCode exitCode)
    {
        try
        {
            if (text.Length > 0)
                Console.Out.Write(text);
            return exitCode;
        }
        catch (IOException failure)
        {
            error.WriteLine($"rd: cannot write to standard output: {failure.Message}");
            return ExitCode.LocalFile;
        }
    }

    private static RdOptions Read(ParseResult parsed) => new()
    {
        Urls = parsed.GetRequiredValue(Urls),
        OutputDirectory = parsed.GetRequiredValue(OutputDir),
        ProgressInterval = TimeSpan.FromSeconds(parsed.GetRequiredValue(ProgressInterval)),
        AllowUnproven = parsed.GetValue(AllowUnproven),
        Verbose = parsed.GetValue(Verbose),
        Download = ConnectionOptions.Apply(parsed, CredentialOptions.Apply(parsed, Defaults)) with
        {
            Connections = parsed.GetValue(Worker),
            MaxAttempts = Math.Max(1, parsed.GetRequiredValue(BlockMaxRetry)),
            MaxOutage = MaxOutage(parsed),
            TemporaryDirectory = parsed.GetRequiredValue(TempDir),
            Overwrite = parsed.GetValue(Force),
            KeepBlocks = parsed.GetValue(Keep),
            RollingCombine = parsed.GetValue(RollingCombine),
            Checksum = parsed.GetValue(WholeChecksum),
            RequireProof = parsed.GetValue(RequireProof),
            KeepServerTime = !parsed.GetValue(NoMtime),
        },
    };

    // -r 0 is to rd 1.x not to try anything again.
    private static TimeSpan MaxOutage(ParseResult parsed) => parsed.GetRequiredValue(BlockMaxRetry) == 0 && parsed.GetResult(RetryTime) is (null or { Implicit: true })
        ? TimeSpan.FromTicks(1)
        : TimeSpan.FromSeconds(parsed.GetRequiredValue(RetryTime));

    private static void CheckTogether(CommandResult result)
    {
        if (result.GetValue(Keep) && result.GetValue(RollingCombine))
            result.AddError("--keep and --rolling-combine exclude each other: blocks are either kept or freed.");
        if (result.GetValue(AllowUnproven) && result.GetValue(RequireProof))
            result.AddError("--allow-unproven and --require-proof exclude each other.");
        if (result.GetResult(WholeChecksum) is not null && result.GetResult(Urls)?.Tokens.Count > 1)
            result.AddError("--checksum is for one file; use a separate command for each URL.");
        var names = result.GetResult(Urls)?.Tokens.Select(token => FileUrl.TryParse(token.Value, out _)?.Name) ?? [];
        if (names.GroupBy(name => name, NameComparer).FirstOrDefault(same => same.Key is not null && same.Count() > 1) is { Key: var name })
            result.AddError($"Two of the URLs would become the same file '{name}'; give them to two commands with different folders.");
    }

    private static FileUrl[] ParseUrls(ArgumentResult result)
    {
        var urls = new List<FileUrl>();
        foreach (var token in result.Tokens)
        {
            if (token.Value.StartsWith('-'))
                result.AddError(Sentence(NearOption.Problem((Command)result.Argument.Parents.First(), token.Value)));
            else if (FileUrl.TryParse(token.Value, out var problem) is { } url)
                urls.Add(url);
            else
                result.AddError($"{problem}.");
        }

        return [.. urls];
    }

    private static string Sentence(string text) => text.EndsWith('?') ? text : $"{text}.";

    private static int? ParseWorker(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "auto")
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1)
            return Math.Min(number, DownloadOptions.MaxConnections); // rd 1.x takes any number.
        result.AddError($"--worker takes auto or a whole number from 1 on ({DownloadOptions.MaxConnections} are the most that are used), not '{text}'.");
        return null;
    }

    private static Checksum? ParseChecksum(ArgumentResult result)
    {
        if (!Checksum.TryParse(result.Tokens[0].Value, out var checksum))
            result.AddError($"--checksum takes a name ({Checksum.Names}), '=' and the digest in hex, not '{result.Tokens[0].Value}'.");
        return checksum;
    }

    private static Option<int> WholeNumber(string name, string alias, int value, int min, int max, string description) => new(name, alias)
    {
        Description = description,
        HelpName = "INT",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
                return number;
            result.AddError($"{name} takes a whole number from {min} to {max}, not '{text}'.");
            return value;
        },
    };

    private static double ParseNumber(ArgumentResult result, double min, double max)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        result.AddError($"--progress-interval takes a number of seconds from {min} to {max}, not '{text}'.");
        return min;
    }

    private static Option<string> Folder(string name, string alias, string value, string description) => new(name, alias)
    {
        Description = description,
        HelpName = "DIR",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            if (result.Tokens[0].Value.Length == 0)
                result.AddError($"{name} takes the path of a folder, not an empty text.");
            return result.Tokens[0].Value;
        },
    };

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"rd {ProductVersion.Text}");
            return 0;
        }
    }
}
