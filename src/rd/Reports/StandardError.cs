namespace ReliableDownload.Rd.Reports;

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

    /// <summary>Whether lines have the color of their <see cref="Tone"/>.</summary>
    public bool HasColors { get; set; }

    public void WriteLine(string text, Tone tone = Tone.Plain)
    {
        var (start, end) = HasColors && tone != Tone.Plain ? ($"\e[{(int)tone}m", "\e[0m") : ("", "");
        lock (_lock)
            Write($"{(_live.Length > 0 ? EraseLine : "")}{start}{Printable(text)}{end}\n{_live}");
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

    /// <summary>A text that cannot control the terminal: names and servers' messages are untrusted.</summary>
    public static string Printable(string text) =>
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

/// <summary>What a line means; the numbers are the terminal's colors (ECMA-48, 8.3.117).</summary>
internal enum Tone
{
    Plain = 0,

    /// <summary>Something went wrong: red.</summary>
    Bad = 31,

    /// <summary>All is well: green.</summary>
    Good = 32,

    /// <summary>Worth a second look: yellow.</summary>
    Doubtful = 33,
}
