namespace ReliableDownload.Api.Hashing;

/// <summary>Blocks of a job that one worker hashes.</summary>
/// <param name="IsSound">Whether the file had settled before they were read.</param>
internal readonly record struct Claim(HashJob Job, BlockRun Blocks, bool IsSound);
