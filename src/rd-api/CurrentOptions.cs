namespace ReliableDownload.Api;

/// <summary>The options as they are now: some may change while the server runs. What reads them here takes the change at once. Thread-safe.</summary>
internal sealed class CurrentOptions(RdApiOptions options)
{
    private RdApiOptions _value = options;

    public RdApiOptions Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }
}
