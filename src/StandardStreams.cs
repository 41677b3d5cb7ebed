namespace ReliableDownload;

/// <summary>Makes standard streams that nobody passed on (<c>2&gt;&amp;-</c> in a shell) harmless.</summary>
internal static class StandardStreams
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of Linux

    /// <summary>Standard error, or a writer that drops everything where there is none. To be called before any file is opened.</summary>
    public static TextWriter OpenError()
    {
        // A bare container or chroot may have no /dev.
        if (OperatingSystem.IsLinux() && File.Exists("/dev/null"))
            FillGaps();
        return IsOurs(StandardError) ? TextWriter.Null : Console.Error;
    }

    /// <summary>Whether somebody passed standard output on; only <see cref="OpenError"/> may have been called before.</summary>
    public static bool HasOutput => !IsOurs(StandardOutput);

    // A file of ours that got one of the three numbers would receive what is meant for a person, such as the runtime's last words.
    private static void FillGaps()
    {
        while (true)
        {
            var handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (handle.DangerousGetHandle() > StandardError)
            {
                handle.Dispose();
                return;
            }

            handle.SetHandleAsInvalid(); // Stays open as long as the process.
        }
    }

    // The runtime may have opened a pipe under that number before us, and what is written into it ends the process. What was passed on is
    // never close-on-exec, what the process itself opened always is.
    private static bool IsOurs(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return false;
        }
    }
}
