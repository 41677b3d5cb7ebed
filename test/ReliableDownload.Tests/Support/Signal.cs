namespace ReliableDownload.Tests.Support;

/// <summary>Signals by their numbers on Linux (signal(7)).</summary>
public enum Signal
{
    HangUp = 1,
    Interrupt = 2,
    Kill = 9,
    User1 = 10,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
