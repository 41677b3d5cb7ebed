namespace ReliableDownload.Tests.Support;

/// <summary>Waits for what comes to pass outside the test, and gives up in the end.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a busy machine; a test that waits so long has failed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"waited in vain until {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }
}
