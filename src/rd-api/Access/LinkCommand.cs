using System.CommandLine;
using System.Globalization;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Routing;
using ReliableDownload.Manual;

namespace ReliableDownload.Api.Access;

/// <summary>
/// <c>rd-api link PATH</c>: prints a link that is good for a file, or a folder and everything below, until it expires. Asks no server: whoever has the
/// key can sign.
/// </summary>
internal sealed class LinkCommand
{
    /// <summary>The first word of the command line.</summary>
    public const string Name = "link";

    private readonly Setting<string> _key = AccessSettings.KeyFile();

    private readonly Setting<TimeSpan> _expires = new(
        "--expires", null, "RD_API_LINK_EXPIRES", "24h", "how long the link is good, in seconds, or with suffix m, h or d", ValueParser.Period);

    private readonly Setting<string> _prefix = PrefixSetting.Create();
    private readonly ConfigFile _config = new();

    private readonly Argument<string> _path = new("PATH")
    {
        Description = "path on the server, or its whole URL; with a slash at its end a folder and everything below",
    };

    private readonly Option<bool> _help = CommandHelp.Option();
    private readonly Command _command = new("rd-api", "Prints a link to a file of an rd-api that has the same --key-file.");

    public LinkCommand()
    {
        _command.Arguments.Add(_path);
        foreach (var option in (Option[])[_expires.Option, _key.Option, _prefix.Option, _config.Option, _help])
            _command.Options.Add(option);
    }

    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public void Run(string[] arguments, Func<string, string?> environment, DateTimeOffset now)
    {
        var parsed = CommandParser.Parse(_command, arguments);
        if (parsed.GetValue(_help))
        {
            Console.Out.Write(CommandHelp.Of(_command, Name));
            return;
        }

        if (parsed.UnmatchedTokens is [var word, ..])
            throw new UsageException(word.StartsWith('-') ? NearOption.Problem(_command, word) : $"only one path at a time: '{word}' is too many");
        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        parsed = _config.Apply(_command, parsed, arguments, environment);
        var keyFile = _key.Read(parsed, environment) ?? throw new UsageException("a link is signed with a key: add --key-file");
        var signer = LinkSigner.Load(keyFile, out var problem) ?? throw new UsageException(problem!);
        var expires = (now + _expires.Read(parsed, environment)).ToUnixTimeSeconds();
        var target = Target(parsed.GetValue(_path)!);
        var prefix = _prefix.Read(parsed, environment) ?? "";
        var below = RequestPath.EncodedOf(target);
        if (!below.StartsWith($"{prefix}/", StringComparison.Ordinal))
            throw new UsageException($"'{target}' is not below the --path-prefix {prefix}");
        if (RequestPath.Parse(below[prefix.Length..].ToString(), out var path) != PathVerdict.Good)
            throw new UsageException($"'{target}' is not a path on a server: it must be like /folder/file, or https://server/folder/file");
        if (path.TryBelow("rd"u8, out _))
            throw new UsageException("a link is for the file, and good for its metadata, too: omit /rd");
        Console.Out.WriteLine($"{target}?{signer.Query(path, expires)}");
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"good until {DateTimeOffset.FromUnixTimeSeconds(expires):yyyy-MM-dd HH:mm:ss} UTC by the server's clock"));
    }

    // A URL is already encoded; a path is not.
    private static string Target(string path)
    {
        if (!path.Contains("://", StringComparison.Ordinal))
            return $"/{PercentEncoding.Encode(Encoding.UTF8.GetBytes(path.TrimStart('/')))}";
        var end = path.IndexOfAny(['?', '#']);
        return end < 0 ? path : path[..end];
    }
}
