using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Rd;

/// <summary>Asks for a password on the terminal, whatever standard input is, and does not show what is typed.</summary>
internal static partial class PasswordPrompt
{
    // struct termios begins with four flag words, of the size of an int on Linux and of a long on macOS; the last one has ECHO. The rest is
    // nobody's business here, and takes no more than that.
    private const int TermiosBytes = 256;
    private const byte Echo = 8;
    private const int AfterOutputDiscardingInput = 2;
    private const int MaxBytes = 4096;

    private static int LocalFlags => OperatingSystem.IsLinux() ? 12 : 24;

    /// <summary>What was typed; null where there is no terminal.</summary>
    public static string? Ask(string user) => OperatingSystem.IsWindows() ? AskConsole(user) : AskTerminal(user);

    private static string? AskTerminal(string user)
    {
        if (OpenTerminal() is not { } opened)
            return null;
        using var terminal = opened;
        var before = new byte[TermiosBytes];
        if (GetAttributes(terminal.SafeFileHandle, before) != 0)
            return null;
        // Ended by a signal, the shell would be left without echo.
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        var registrations = signals.Select(signal => PosixSignalRegistration.Create(signal, _ => SetAttributes(terminal.SafeFileHandle, AfterOutputDiscardingInput, before))).ToList();
        try
        {
            var silent = before.ToArray();
            silent[LocalFlags] &= unchecked((byte)~Echo);
            if (SetAttributes(terminal.SafeFileHandle, AfterOutputDiscardingInput, silent) != 0)
                return null;
            terminal.Write(Encoding.UTF8.GetBytes(Question(user)));
            return ReadLine(terminal);
        }
        finally
        {
            SetAttributes(terminal.SafeFileHandle, AfterOutputDiscardingInput, before);
            terminal.Write("\n"u8);
            registrations.ForEach(registration => registration.Dispose());
        }
    }

    private static FileStream? OpenTerminal()
    {
        try
        {
            return new FileStream("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadLine(FileStream terminal)
    {
        var line = new byte[MaxBytes];
        var length = 0;
        while (length < line.Length && terminal.Read(line, length, line.Length - length) is > 0 and var count)
        {
            length += count;
            if (line[length - 1] == '\n')
                break;
        }

        return Encoding.UTF8.GetString(line, 0, length).TrimEnd('\n', '\r');
    }

    private static string? AskConsole(string user)
    {
        if (Console.IsInputRedirected)
            return null;
        Console.Error.Write(Question(user));
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }

    private static string Question(string user) => $"Password of {user}: ";

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(SafeFileHandle terminal, [Out] byte[] attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(SafeFileHandle terminal, int when, byte[] attributes);
}
