namespace ReliableDownload.Client.Disk;

/// <summary>A stream of somebody else's that a file is written into; its failures become outcomes.</summary>
internal sealed class OutputStream(Stream output)
{
    private const int BrokenPipe = 32; // EPIPE
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <exception cref="DownloadFailedException">Nobody reads any more, or the bytes cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> data)
    {
        try
        {
            output.Write(data);
        }
        catch (IOException error) when (error.HResult is BrokenPipe or WindowsBrokenPipe or WindowsNoData)
        {
            throw new DownloadFailedException(DownloadOutcome.OutputClosed, "nobody reads the output any more") { IsFinal = true };
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw new DownloadFailedException(DiskFailure.Of(error, "").Outcome, $"the output cannot be written: {error.Message}") { IsFinal = true };
        }
    }
}
