using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>What proves a file, and what happens if nothing does.</summary>
internal sealed class ProofOptions : IOptionGroup
{
    private readonly Option<Checksum?> _checksum = new("--checksum")
    {
        Description = "Digest that the whole file must have, such as sha-256=HEX; also sha-512, sha-1, md5; for one URL",
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
        OptionValues.Switch("--require-proof", null, "Do not start if neither the server's digests nor --checksum can prove the file");

    public string Heading => "Proof";

    public IReadOnlyList<Option> Options => [_checksum, _allowUnproven, _requireProof];

    public void Check(CommandResult result)
    {
        if (result.GetValue(_allowUnproven) && result.GetValue(_requireProof))
            result.AddError("--allow-unproven and --require-proof exclude each other.");
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        Checksum = parsed.GetValue(_checksum),
        AllowUnproven = parsed.GetValue(_allowUnproven),
        Download = options.Download with { RequireProof = parsed.GetValue(_requireProof) },
    };
}
