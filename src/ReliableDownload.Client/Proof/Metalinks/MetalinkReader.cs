using System.Globalization;
using System.Xml;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>
/// Reads a Metalink of either version, element by element. Version 3 has the same words as version 4 (RFC 5854) with more elements around them, so one reader
/// looks for those that count, wherever they are within a file. What it does not know is passed over.
/// </summary>
internal sealed class MetalinkReader
{
    // Digests of a file of 3 TiB in pieces of 2 MiB.
    private const long MaxCharacters = 128 << 20;
    private const int MaxDepth = 16;
    private const int MaxFiles = 100_000;
    private const int MaxUrls = 1000;
    private const int MaxUrlsOfAll = 200_000;
    private const int MaxText = 8 << 10;

    // No system takes a longer path.
    private const int MaxName = 4 << 10;

    private readonly XmlReader _reader;
    private readonly CancellationToken _cancellationToken;
    private readonly char[] _text = new char[MaxText];
    private int _urls;

    private MetalinkReader(XmlReader reader, CancellationToken cancellationToken) => (_reader, _cancellationToken) = (reader, cancellationToken);

    /// <exception cref="ProtocolException">It is no Metalink.</exception>
    public static async Task<Metalink> ReadAsync(Stream document, CancellationToken cancellationToken)
    {
        var settings = new XmlReaderSettings
        {
            Async = true,
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxCharacters,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            CloseInput = false,
            NameTable = new BoundedNames(),
        };
        await using var limited = new TagLimitStream(document);
        using var reader = XmlReader.Create(limited, settings);
        try
        {
            return new Metalink { Files = await new MetalinkReader(reader, cancellationToken).FilesAsync() };
        }
        catch (XmlException error)
        {
            throw new ProtocolException(AttemptFailure.Printable($"the Metalink cannot be read: {error.Message}"), error);
        }
    }

    private async Task<IReadOnlyList<MetalinkFile>> FilesAsync()
    {
        var files = new List<MetalinkFile>();
        var isMetalink = false;
        while (await NextAsync())
        {
            if (_reader.NodeType != XmlNodeType.Element)
                continue;
            if (!isMetalink && _reader.LocalName != "metalink")
                throw new ProtocolException("this is no Metalink: it begins with another element");
            isMetalink = true;
            if (_reader.LocalName != "file")
                continue;
            if (files.Count == MaxFiles)
                throw new ProtocolException($"the Metalink has more than {MaxFiles} files");
            files.Add(await FileAsync());
        }

        return files.Count > 0 ? files : throw new ProtocolException("the Metalink names no file");
    }

    private async Task<MetalinkFile> FileAsync()
    {
        var name = _reader.GetAttribute("name") is { Length: > 0 } given ? given : throw new ProtocolException("the Metalink has a file without a name");
        if (name.Length > MaxName)
            throw new ProtocolException($"the Metalink has a name of more than {MaxName} characters");
        var (depth, isEmpty) = (_reader.Depth, _reader.IsEmptyElement);
        long? size = null;
        Checksum? checksum = null;
        var urls = new List<(Uri Url, int Priority)>();
        PieceDigests? pieces = null;
        while (!isEmpty && await NextAsync() && _reader.Depth > depth)
        {
            if (_reader.NodeType != XmlNodeType.Element)
                continue;
            switch (_reader.LocalName)
            {
                case "size":
                    size = long.TryParse(await TextAsync(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw new ProtocolException($"the Metalink has no number for the size of '{name}'");
                    break;
                case "hash" when _reader.GetAttribute("type") is { } type:
                    if (Checksum.OfHex(type, await TextAsync()) is { } other && (checksum is null || other.Rank < checksum.Rank))
                        checksum = other;
                    break;
                case "pieces":
                    var its = await PiecesAsync(name);
                    pieces = pieces is null || its is { Algorithm: DigestAlgorithm.Sha256 } ? its ?? pieces : pieces;
                    break;
                case "url":
                    var priority = Priority();
                    if (Uri.TryCreate(await TextAsync(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && urls.Count < MaxUrls && _urls++ < MaxUrlsOfAll)
                        urls.Add((url, priority));
                    break;
                default:
                    break;
            }
        }

        return new MetalinkFile
        {
            Name = name,
            Size = size,
            Checksum = checksum,
            Urls = [.. urls.OrderBy(url => url.Priority).Select(url => url.Url).Distinct()],
            Pieces = pieces,
        };
    }

    private async Task<PieceDigests?> PiecesAsync(string name)
    {
        var isLength = int.TryParse(_reader.GetAttribute("length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length is > 0 and <= BlockLayout.MaxBlockSize;
        // Version 3 writes sha1.
        var type = _reader.GetAttribute("type")?.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        var isKnown = isLength && type is "sha1" or "sha256";
        var algorithm = type == "sha1" ? DigestAlgorithm.Sha1 : DigestAlgorithm.Sha256;
        var (depth, isEmpty) = (_reader.Depth, _reader.IsEmptyElement);
        using var digests = new MemoryStream();
        var digest = new byte[algorithm.Size];
        while (!isEmpty && await NextAsync() && _reader.Depth > depth)
        {
            if (_reader is not { NodeType: XmlNodeType.Element, LocalName: "hash" } || !isKnown)
                continue;
            var number = digests.Length / digest.Length;
            if (_reader.GetAttribute("piece") is { } piece && piece != number.ToString(CultureInfo.InvariantCulture))
                throw new ProtocolException($"the Metalink's pieces of '{name}' are not in order");
            if (Convert.FromHexString(await TextAsync(), digest, out _, out var written) != System.Buffers.OperationStatus.Done || written != digest.Length)
                throw new ProtocolException($"the Metalink has something else than a digest for piece {number} of '{name}'");
            digests.Write(digest);
        }

        return isKnown && digests.Length > 0 ? new PieceDigests(algorithm, length, digests.ToArray()) : null;
    }

    // Version 4 counts up from the best, 1; version 3 down from it, 100. Who says nothing comes last.
    private int Priority() =>
        int.TryParse(_reader.GetAttribute("priority"), NumberStyles.None, CultureInfo.InvariantCulture, out var priority) ? priority
        : int.TryParse(_reader.GetAttribute("preference"), NumberStyles.None, CultureInfo.InvariantCulture, out var preference) ? 101 - preference
        : int.MaxValue;

    private async Task<bool> NextAsync()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return await _reader.ReadAsync() && (_reader.Depth <= MaxDepth ? true : throw new ProtocolException($"the Metalink's elements are nested more than {MaxDepth} deep"));
    }

    private async Task<string> TextAsync()
    {
        var (depth, length) = (_reader.Depth, 0);
        if (_reader.IsEmptyElement)
            return "";
        while (await NextAsync() && _reader.Depth > depth)
        {
            if (_reader.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA))
                continue;
            while (await _reader.ReadValueChunkAsync(_text, length, _text.Length - length) is > 0 and var count)
                length += count;
            if (length == _text.Length)
                throw new ProtocolException($"the Metalink has a text of more than {MaxText} characters");
        }

        return new string(_text, 0, length).Trim();
    }
}
