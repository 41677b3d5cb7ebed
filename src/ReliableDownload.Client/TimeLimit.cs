namespace ReliableDownload.Client;

/// <summary>Ends what is going on when its caller cancels it, or when it took as long as it may.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource? _late;
    private readonly CancellationTokenSource _ended;

    /// <param name="max">How long it may take; null for no limit.</param>
    public TimeLimit(TimeSpan? max, TimeProvider clock, CancellationToken cancellationToken)
    {
        _late = max is { } time ? new CancellationTokenSource(time, clock) : null;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _late?.Token ?? CancellationToken.None);
    }

    public CancellationToken Token => _ended.Token;

    /// <summary>Whether it took as long as it may.</summary>
    public bool IsOver => _late?.IsCancellationRequested == true;

    public void Dispose()
    {
        _ended.Dispose();
        _late?.Dispose();
    }
}
