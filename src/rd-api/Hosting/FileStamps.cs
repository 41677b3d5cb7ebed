namespace ReliableDownload.Api.Hosting;

/// <summary>Notices that files were replaced or rewritten, by time and size. For one caller.</summary>
internal sealed class FileStamps
{
    /// <summary>How often to look: an operator who has changed a file does not wait longer.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string[] _files;
    private (DateTime Time, long Size)[] _last;

    public FileStamps(params string[] files)
    {
        _files = files;
        _last = Now();
    }

    /// <summary>Whether one of them is other than at the last look.</summary>
    public bool HaveChanged()
    {
        var now = Now();
        var isSame = now.SequenceEqual(_last);
        _last = now;
        return !isSame;
    }

    private (DateTime Time, long Size)[] Now() => [.. _files.Select(file => new FileInfo(file)).Select(file => (file.LastWriteTimeUtc, file.Exists ? file.Length : -1))];
}
