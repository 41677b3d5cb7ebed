namespace ReliableDownload.Client.Network;

/// <summary>
/// Whether and when to try again after a failed attempt: exponential delays with full jitter, a limit on attempts without progress.
/// Pure: it has no clock and no randomness of its own.
/// </summary>
internal sealed class RetryPolicy(DownloadOptions options)
{
    // A server that asks for more is asked again earlier: its word is input, and a person waits.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(10);

    /// <summary>The delay before the next attempt, or null to give up.</summary>
    /// <param name="failure">How the last attempt failed.</param>
    /// <param name="failures">Failed attempts without progress up to now, this one counted; 0 when it brought something.</param>
    /// <param name="random">A number from 0 to 1, for the jitter.</param>
    public TimeSpan? DelayAfter(AttemptFailure failure, int failures, double random)
    {
        if (!failure.IsTemporary || failures >= options.MaxAttempts)
            return null;
        var ceiling = Math.Min(options.MaxDelay.TotalSeconds, options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 30)));
        var delay = failures == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(ceiling * random);
        var asked = failure.RetryAfter is { } wait && wait < MaxRetryAfter ? wait : failure.RetryAfter is null ? TimeSpan.Zero : MaxRetryAfter;
        return delay > asked ? delay : asked;
    }
}
