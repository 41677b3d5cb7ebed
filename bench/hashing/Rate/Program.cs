using System.Diagnostics;
using System.Runtime.InteropServices;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

// How fast a processor hashes what is in its cache. Usage: rate sha-1|sha-256 BLOCKS SECONDS; 0 blocks are as many as there are lanes.
// Prints the lanes, GB (10^9 bytes) for each second of processor time, and the milliseconds that the first slices took.
const int CacheLine = 64; // bytes
const int SliceSize = (32 << 10) + CacheLine; // bytes: all lanes' slices fit into a processor's own cache

if (!DigestAlgorithms.TryParse(args[0], out var algorithm))
    throw new ArgumentException($"{args[0]} is no hash.");
using var hash = new MultiBufferHash(algorithm);
var count = int.Parse(args[1]) is > 0 and var blocks ? blocks : hash.Lanes;
var bytes = GC.AllocateUninitializedArray<byte>((count * SliceSize) + CacheLine, pinned: true);
Random.Shared.NextBytes(bytes);
var start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) & (CacheLine - 1));
var slices = new ReadOnlyMemory<byte>[count];
for (var i = 0; i < count; i++)
    slices[i] = MemoryMarshal.CreateFromPinnedArray(bytes, start + (i * SliceSize), SliceSize);

var first = Stopwatch.StartNew();
hash.Append(slices);
first.Stop();

var (seconds, appended) = (double.Parse(args[2]), 0L);
var before = Environment.CpuUsage.TotalTime;
for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < seconds; appended += count * SliceSize)
    hash.Append(slices);
var rate = appended / (Environment.CpuUsage.TotalTime - before).TotalSeconds / 1e9;
Console.WriteLine($"{hash.Lanes}\t{rate:0.000}\t{first.Elapsed.TotalMilliseconds:0.0}");
