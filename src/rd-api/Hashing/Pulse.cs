namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Wakes all who wait, and remembers nothing: take <see cref="Next"/> first, then look at what may have changed, then wait. Safe for
/// threads; a waiter never runs on the thread that signals.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Signal"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Signal() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
