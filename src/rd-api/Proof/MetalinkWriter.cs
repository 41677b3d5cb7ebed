using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Xml;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary>Writes a Metalink of version 4 (RFC 5854), piece by piece: it is never in memory as a whole. For one document.</summary>
internal sealed class MetalinkWriter : IDisposable
{
    public const string MediaType = "application/metalink4+xml";

    private const string Namespace = "urn:ietf:params:xml:ns:metalink";

    // Digests that are copied at a time; each takes 80 bytes of text.
    private const int DigestsAtOnce = 512;

    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true, CloseOutput = false };

    private readonly PipeWriter _output;
    private readonly XmlWriter _xml;

    public MetalinkWriter(PipeWriter output)
    {
        _output = output;
        _xml = XmlWriter.Create(new XmlOutput(output), Settings);
        _xml.WriteStartElement("metalink", Namespace);
        _xml.WriteElementString("generator", Namespace, $"rd-api/{ProductVersion.Number}");
    }

    /// <param name="name">The file's path below the folder that the document is about.</param>
    /// <param name="digests">Those of its blocks, complete.</param>
    /// <param name="whole">The digest of the whole file; null if it is not known.</param>
    /// <param name="urls">Where it can be fetched, the best first.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async Task FileAsync(string name, FileDigests digests, byte[]? whole, IReadOnlyList<string> urls, CancellationToken cancellationToken)
    {
        _xml.WriteStartElement("file", Namespace);
        _xml.WriteAttributeString("name", name);
        _xml.WriteElementString("size", Namespace, digests.Layout.FileSize.ToString(CultureInfo.InvariantCulture));
        if (whole is not null)
            Hash(whole, "sha-256");
        for (var i = 0; i < urls.Count; i++)
        {
            _xml.WriteStartElement("url", Namespace);
            _xml.WriteAttributeString("priority", (i + 1).ToString(CultureInfo.InvariantCulture));
            _xml.WriteString(urls[i]);
            _xml.WriteEndElement();
        }

        if (digests.Layout.BlockCount > 0)
            await PiecesAsync(digests, cancellationToken);
        _xml.WriteEndElement();
        await FlushAsync(cancellationToken);
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        _xml.WriteEndElement();
        _xml.WriteEndDocument();
        await FlushAsync(cancellationToken);
    }

    public void Dispose() => _xml.Dispose();

    private async Task PiecesAsync(FileDigests digests, CancellationToken cancellationToken)
    {
        var size = digests.Key.Algorithm.Size;
        var run = new byte[DigestsAtOnce * size];
        _xml.WriteStartElement("pieces", Namespace);
        _xml.WriteAttributeString("length", digests.Key.BlockSize.ToString(CultureInfo.InvariantCulture));
        _xml.WriteAttributeString("type", digests.Key.Algorithm.WireName);
        for (int first = 0, count; (count = digests.Copy(first, run)) > 0; first += count)
        {
            for (var i = 0; i < count; i++)
                Hash(run.AsSpan(i * size, size), null);
            await FlushAsync(cancellationToken);
        }

        _xml.WriteEndElement();
    }

    private void Hash(ReadOnlySpan<byte> digest, string? type)
    {
        _xml.WriteStartElement("hash", Namespace);
        if (type is not null)
            _xml.WriteAttributeString("type", type);
        _xml.WriteString(Convert.ToHexStringLower(digest));
        _xml.WriteEndElement();
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        _xml.Flush();
        if ((await _output.FlushAsync(cancellationToken)).IsCompleted)
            throw new OperationCanceledException("The reader is gone.");
    }
}
