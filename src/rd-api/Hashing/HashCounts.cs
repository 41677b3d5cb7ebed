namespace ReliableDownload.Api.Hashing;

/// <summary>How much was hashed, and where digests came from, since the start.</summary>
/// <param name="Jobs">The jobs that are unfinished now.</param>
/// <param name="HashedBlocks">Blocks that were hashed.</param>
/// <param name="HashedBytes">Their bytes.</param>
/// <param name="FromMemory">Requests whose digests were all in memory.</param>
/// <param name="FromStore">Jobs whose digests were all in the store.</param>
/// <param name="FromHashing">Jobs that had to hash.</param>
internal readonly record struct HashCounts(int Jobs, long HashedBlocks, long HashedBytes, long FromMemory, long FromStore, long FromHashing);
