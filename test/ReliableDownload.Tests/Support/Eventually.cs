using System.Diagnostics;

namespace ReliableDownload.Tests.Support;

/// <summary>Waits for what comes to pass outside the test, and gives up in the end.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a busy machine; a test that waits so long has failed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.False(waited.Elapsed > Limit, $"waited in vain until {what}");
            // Each question costs other tests time, so they become rarer: what has come to pass is noticed at most a twentieth later.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(waited.ElapsedMilliseconds / 20, 20, 1000)), CancellationToken.None);
        }
    }
}
