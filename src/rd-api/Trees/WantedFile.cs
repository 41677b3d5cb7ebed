using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>A file that a client asks for among others.</summary>
/// <param name="Wire">Its path as the client wrote it, as UTF-8: the answer repeats it.</param>
/// <param name="Path">The same below the folder that was asked, decoded.</param>
internal readonly record struct WantedFile(ReadOnlyMemory<byte> Wire, RequestPath Path);
