namespace ReliableDownload.Client.Network;

/// <summary>When to try again after a failed attempt: exponential delays with full jitter. Pure: it has no clock and no randomness of its own.</summary>
internal sealed class RetryPolicy(DownloadOptions options)
{
    // Longer delays requested by a server are capped: its answer is untrusted, and a user is waiting.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(10);

    // An attempt that ended in silence has already waited.
    private static readonly TimeSpan AfterSilence = TimeSpan.FromMilliseconds(200);

    // Right after a failure a return is likely, so that delays stay short at first: a tenth of the time that it is gone.
    private static readonly TimeSpan MinCeiling = TimeSpan.FromSeconds(2);
    private const int OutageFraction = 10;

    /// <summary>The delay before the next attempt.</summary>
    /// <param name="failure">How the last attempt failed.</param>
    /// <param name="failures">Failed attempts in a row, this one counted; 0 when it brought something.</param>
    /// <param name="silence">How long nothing has come from the server at all.</param>
    /// <param name="random">A number from 0 to 1, for the jitter.</param>
    public TimeSpan DelayAfter(AttemptFailure failure, int failures, TimeSpan silence, double random)
    {
        var delay = failures == 0 ? TimeSpan.Zero : random * Ceiling(failure, failures, silence);
        var asked = failure.RetryAfter is not { } wait ? TimeSpan.Zero : wait < MaxRetryAfter ? wait : MaxRetryAfter;
        return delay > asked ? delay : asked;
    }

    private TimeSpan Ceiling(AttemptFailure failure, int failures, TimeSpan silence)
    {
        var growing = options.FirstDelay * Math.Pow(2, Math.Min(failures, 30));
        var limit = failure.IsSilence ? AfterSilence : silence / OutageFraction > MinCeiling ? silence / OutageFraction : MinCeiling;
        return new[] { growing, limit, options.MaxDelay }.Min();
    }
}
