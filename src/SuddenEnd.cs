using System.Runtime.InteropServices;

namespace ReliableDownload;

/// <summary>Ends the process with a sentence instead of a stack trace when a thread of the runtime fails because the system gives it too little.</summary>
internal static partial class SuddenEnd
{
    /// <param name="isShortage">Whether an exception means that memory, threads or the like are missing.</param>
    /// <param name="tell">Tells the person.</param>
    /// <param name="exitCode">What the process ends with.</param>
    public static void Explain(Func<Exception?, bool> isShortage, Action tell, int exitCode) =>
        AppDomain.CurrentDomain.UnhandledException += (_, happening) =>
        {
            if (!isShortage(happening.ExceptionObject as Exception))
                return;
            tell();
            // An orderly exit needs another thread, and waits for it forever.
            if (OperatingSystem.IsWindows())
                Environment.Exit(exitCode);
            else
                ExitNow(exitCode);
        };

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int exitCode);
}
