namespace ReliableDownload.Client.Transfers;

/// <summary>
/// How many blocks a connection asks for at once: what lasts about a second and a half at its speed, so that round trips do not
/// count, and never so many that the others run dry at the end. One for each connection.
/// </summary>
internal sealed class RunLength(int blockSize, int connections)
{
    private const double TargetSeconds = 1.5;
    private const int First = 2;
    private const int MaxBytes = 64 << 20;

    private double _bytesPerSecond;

    /// <summary>Takes in how the last request went; newer ones weigh more.</summary>
    public void Learn(long bytes, TimeSpan elapsed)
    {
        var speed = bytes / Math.Max(elapsed.TotalSeconds, 0.001);
        _bytesPerSecond = _bytesPerSecond == 0 ? speed : (0.5 * _bytesPerSecond) + (0.5 * speed);
    }

    /// <param name="left">Blocks of the file that are not proven yet.</param>
    public int Next(int left)
    {
        var wanted = _bytesPerSecond == 0 ? First : (int)Math.Min(_bytesPerSecond * TargetSeconds / blockSize, MaxBytes / blockSize);
        return Math.Clamp(wanted, 1, Math.Max(1, left / (2 * connections)));
    }
}
