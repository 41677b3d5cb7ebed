using System.CommandLine;

namespace ReliableDownload.Api.Access;

/// <summary>The options that say who may download.</summary>
internal sealed class AccessSettings : ISettingGroup
{
    private readonly Setting<string> _authFile = new(
        "--auth-file", null, "RD_API_AUTH_FILE", null, "users who may download, made by htpasswd -B; also tokens, and rules for paths", ValueParser.File);

    /// <summary>Also that of the command that signs.</summary>
    public static Setting<string> KeyFile() =>
        new("--key-file", null, "RD_API_KEY_FILE", null, "secret key of signed links", ValueParser.File);

    private readonly Setting<string> _keyFile = KeyFile();

    public IEnumerable<Option> Options => [_authFile.Option, _keyFile.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var (authFile, keyFile) = (_authFile.Read(parsed, environment), _keyFile.Read(parsed, environment));
        var takesCertificates = options.Tls?.ClientAuthorityFile is not null;
        return options with
        {
            Access = authFile is null && keyFile is null && !takesCertificates ? null : new AccessOptions(authFile, keyFile, takesCertificates),
        };
    }
}
