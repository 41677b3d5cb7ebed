namespace ReliableDownload.Api;

/// <summary>The options as they are now: some may change while the server runs. What reads them here takes the change at once. Thread-safe.</summary>
internal sealed class CurrentOptions(RdApiOptions options) : IReloadable
{
    private RdApiOptions _value = options;

    public RdApiOptions Value => Volatile.Read(ref _value);

    public string Name => "mirrors and headers";

    public IReadOnlyList<string> Options => ["--mirror", "--cors", "--header"];

    public Action? Prepare(RdApiOptions next) => Value.CanChange
        ? () => Volatile.Write(ref _value, Value with { Mirrors = next.Mirrors, Origins = next.Origins, Headers = next.Headers })
        : null;
}
