namespace ReliableDownload.Rd;

/// <summary>Standard error: lines and, on a terminal, one live line below them. Thread-safe.</summary>
internal sealed class StandardError(TextWriter writer, bool isTerminal)
{
    private const string EraseLine = "\r\e[K";

    private readonly Lock _lock = new();
    private string _live = "";

    /// <summary>Whether a live line is possible.</summary>
    public bool IsTerminal { get; } = isTerminal;

    /// <summary>The terminal's width, read each time because windows are resized; 80 if unknown.</summary>
    public static int Columns => !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var columns ? columns : 80;

    /// <summary>The standard error of this process.</summary>
    public static StandardError OfProcess() =>
        new(StandardStreams.OpenError(), !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null));

    public void WriteLine(string text)
    {
        lock (_lock)
            Write($"{(_live.Length > 0 ? EraseLine : "")}{Printable(text)}\n{_live}");
    }

    /// <summary>Replaces the live line; an empty text removes it. Without a terminal there is none.</summary>
    public void ShowLive(string text)
    {
        if (!IsTerminal)
            return;
        lock (_lock)
        {
            // Without auto-wrap (DECAWM) a line with wide characters stays one line.
            _live = text.Length > 0 ? $"\e[?7l{Printable(text)}\e[?7h" : "";
            Write(EraseLine + _live);
        }
    }

    // Names and servers' messages are untrusted; they must not control the terminal.
    private static string Printable(string text) =>
        string.Create(text.Length, text, static (printable, text) =>
        {
            for (var i = 0; i < text.Length; i++)
                printable[i] = TerminalText.IsUnsafe(text[i]) ? '\uFFFD' : text[i];
        });

    private void Write(string text)
    {
        try
        {
            writer.Write(text);
        }
        catch (IOException)
        {
            // A terminal that is gone or a log on a full disk is no reason to give up a download.
        }
    }
}
