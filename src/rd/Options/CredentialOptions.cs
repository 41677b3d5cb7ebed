using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>The options that tell a server who asks. What they hold is never printed.</summary>
internal sealed class CredentialOptions : IOptionGroup
{
    private readonly Option<RequestHeader[]> _headers = new("--header", "-H")
    {
        Description = "Send this header to the URL's own server, never to another; may be repeated",
        HelpName = "NAME: VALUE",
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseHeaders,
    };

    private readonly Option<string> _user = new("--user")
    {
        Description = "User name and password for the URL's own server; without a password rd asks for it",
        HelpName = "NAME[:PASSWORD]",
    };

    private readonly Option<bool> _usesNetrc = new("--netrc") { Description = "Take user name and password from ~/.netrc, or the file that $NETRC names" };

    private readonly Option<string> _bearerFile = new("--bearer-file") { Description = "Send the token in this file to the URL's own server", HelpName = "FILE" };

    public string Heading => "Credentials";

    public IReadOnlyList<Option> Options => [_headers, _user, _usesNetrc, _bearerFile];

    public void Check(CommandResult result)
    {
        if (result.GetResult(_user) is not null && result.GetResult(_bearerFile) is not null)
            result.AddError("--user and --bearer-file exclude each other.");
        if (result.GetValue(_user) is { } user && (user.Length == 0 || user[0] == ':' || user.Any(char.IsControl)))
            result.AddError("--user takes a user name, or a user name, ':' and a password.");
    }

    /// <summary>Reads the files, and asks for the password.</summary>
    /// <exception cref="UnusableFileException">One of the files cannot be used, or there is no terminal to ask on.</exception>
    public RdOptions Read(ParseResult parsed, RdOptions options) => options with { Download = Read(parsed, options.Download) };

    private DownloadOptions Read(ParseResult parsed, DownloadOptions options) => options with
    {
        Headers = parsed.GetValue(_headers) ?? [],
        Credentials = parsed.GetValue(_user) is { } user ? OfUser(user) : parsed.GetValue(_bearerFile) is { } file ? OfFile(file) : null,
        Netrc = parsed.GetValue(_usesNetrc) ? ReadNetrc() : null,
    };

    private static RequestHeader[] ParseHeaders(ArgumentResult result)
    {
        var headers = new List<RequestHeader>();
        foreach (var token in result.Tokens)
        {
            if (RequestHeader.TryParse(token.Value, out var header, out var problem))
                headers.Add(header);
            else
                result.AddError($"What --header should send {problem}.");
        }

        return [.. headers];
    }

    private static ServerCredentials OfUser(string user)
    {
        if (user.Split(':', 2) is [var name, var given])
            return ServerCredentials.Basic(name, given);
        var password = PasswordPrompt.Ask(user) ?? throw new UnusableFileException("there is no terminal to ask for the password on; give --user NAME:PASSWORD, --netrc or --bearer-file");
        // An arrow key at the prompt is one.
        return password.Any(char.IsControl) ? throw new UsageException("What was typed as the password has control characters; type it again.") : ServerCredentials.Basic(user, password);
    }

    private static ServerCredentials OfFile(string path)
    {
        var token = OptionFile.ReadText("--bearer-file", path).Trim();
        try
        {
            return ServerCredentials.Bearer(token);
        }
        catch (ArgumentException)
        {
            throw new UnusableFileException($"the file '{path}' of --bearer-file should have one token (ASCII letters, digits and -._~+/=) and nothing else");
        }
    }

    private static Netrc ReadNetrc()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var path = Environment.GetEnvironmentVariable("NETRC") is { Length: > 0 } named ? named
            : OperatingSystem.IsWindows() && !File.Exists(Path.Combine(home, ".netrc")) ? Path.Combine(home, "_netrc")
            : Path.Combine(home, ".netrc");
        try
        {
            return Netrc.Parse(OptionFile.ReadText("--netrc", path));
        }
        catch (FormatException error)
        {
            throw new UnusableFileException($"'{path}' is not a netrc file: {error.Message}");
        }
    }
}
