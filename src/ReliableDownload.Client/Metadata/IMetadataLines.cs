using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>One answer of a server about a file, as the lines of the stream form, whichever form it came in.</summary>
internal interface IMetadataLines : IDisposable
{
    /// <summary>The next line, or null where the answer ends: with the stream form that is a cut, with the classic form the time to ask again.</summary>
    /// <exception cref="ProtocolException">This is neither form.</exception>
    ValueTask<StreamLine?> NextAsync(CancellationToken cancellationToken);
}
