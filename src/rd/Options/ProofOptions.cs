using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>What proves a file, and what happens if nothing does.</summary>
internal sealed class ProofOptions : IOptionGroup
{
    private readonly Option<Checksum?> _checksum = new("--checksum")
    {
        Description = "Digest that the whole file must have, such as sha-256=HEX; also sha-384, sha-512, sha-1, md5, crc32c; for one URL",
        HelpName = "NAME=HEX",
        CustomParser = result =>
        {
            if (!Checksum.TryParse(result.Tokens[0].Value, out var checksum))
                result.AddError($"--checksum takes a name ({Checksum.Names}), '=' and the digest in hex, not '{result.Tokens[0].Value}'.");
            return checksum;
        },
    };

    private readonly Option<bool> _allowUnproven = OptionValues.Switch("--allow-unproven", null, "Exit with 0, not 13, if nothing proves the file");

    private readonly Option<bool> _requireProof =
        OptionValues.Switch("--require-proof", null, "Do not start if nothing is known that can prove the file");

    private readonly Option<Uri?> _proof = new("--proof")
    {
        Description = "Take the digest from this list (SHA256SUMS) or Metalink; without one for the file nothing is fetched",
        HelpName = "FILE|URL",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                return url;
            if (text.Length > 0 && !text.Contains("://", StringComparison.Ordinal))
                return FileUrl.OfPath(text);
            result.AddError("--proof takes a file, or a URL that begins with http:// or https://.");
            return null;
        },
    };

    private readonly Option<bool> _noDiscover = OptionValues.Switch("--no-discover", null, "Look for no digests beside the file (Metalink, SHA256SUMS and such), nor in headers");

    public string Heading => "Proof";

    public IReadOnlyList<Option> Options => [_checksum, _proof, _noDiscover, _allowUnproven, _requireProof];

    public void Check(CommandResult result)
    {
        if (result.GetValue(_allowUnproven) && result.GetValue(_requireProof))
            result.AddError("--allow-unproven and --require-proof exclude each other.");
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        Checksum = parsed.GetValue(_checksum),
        AllowUnproven = parsed.GetValue(_allowUnproven),
        Download = options.Download with { RequireProof = parsed.GetValue(_requireProof), Proof = parsed.GetValue(_proof), Discover = !parsed.GetValue(_noDiscover) },
    };
}
