using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>What a set of digests belongs to: one content of one file, cut and hashed in one way.</summary>
/// <param name="File">The file's absolute path; bytes that are no UTF-8 are percent-encoded, so that two files never share a key.</param>
internal readonly record struct DigestKey(string File, FileIdentity Identity, int BlockSize, DigestAlgorithm Algorithm);
