namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Wakes all waiters and keeps no state: get <see cref="Next"/> first, then check what may have changed, then wait. Thread-safe;
/// a waiter never runs on the signalling thread.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Signal"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Signal() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
