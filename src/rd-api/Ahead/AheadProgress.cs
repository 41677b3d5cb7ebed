using System.Globalization;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Ahead;

/// <summary>Tells on standard error how far hashing ahead has come: a line every few seconds, and one for each file that failed.</summary>
internal sealed class AheadProgress(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly long _began = time.GetTimestamp();
    private long _told = time.GetTimestamp();
    private (int Files, long Bytes) _expected;
    private (int Files, long Bytes) _done;

    /// <summary>How many files failed: they could not be hashed, or the Metalink not written.</summary>
    public int Failed { get; private set; }

    public void Expect(long size) => _expected = (_expected.Files + 1, _expected.Bytes + size);

    public void Finish(RequestPath path, long size)
    {
        _done = (_done.Files + 1, _done.Bytes + size);
        Tell(path, 0);
    }

    public void Fail(RequestPath path, string reason)
    {
        Failed++;
        Say(path, reason);
    }

    public static void Say(RequestPath path, string sentence) => Console.Error.WriteLine($"rd-api: {Shown(path)}: {sentence.TrimEnd('.')}");

    /// <param name="path">The file that is being waited for.</param>
    /// <param name="known">How many of its bytes are hashed.</param>
    public void Tell(RequestPath path, long known)
    {
        if (time.GetElapsedTime(_told) < Interval)
            return;
        _told = time.GetTimestamp();
        var bytes = _done.Bytes + known;
        var share = _expected.Bytes == 0 ? 100 : Math.Min(100, 100.0 * bytes / _expected.Bytes);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{_done.Files} of {_expected.Files} files, {bytes >> 20} of {_expected.Bytes >> 20} MiB, {share:0} %: {Shown(path)}"));
    }

    /// <summary>The digests are stored.</summary>
    public void End() => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{_done.Files} files, {_done.Bytes} bytes are in the digest cache, after {time.GetElapsedTime(_began).TotalSeconds:0.0} s{(Failed > 0 ? $"; {Failed} files failed" : "")}"));

    private static string Shown(RequestPath path) =>
        string.Concat(path.Text.Select(static character => TerminalText.IsUnsafe(character) ? '?' : character));
}
