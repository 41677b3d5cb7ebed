using Microsoft.Playwright;

namespace ReliableDownload.Tests.Support;

/// <summary>Debian's Chromium, for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        // The usual 5 s are too short for a busy machine.
        Assertions.SetDefaultExpectTimeout((float)Eventually.Limit.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"], Timeout = (float)Eventually.Limit.TotalMilliseconds });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser!.DisposeAsync();
        _playwright!.Dispose();
    }

    /// <summary>A new window that has been nowhere yet.</summary>
    public async Task<IPage> OpenAsync(bool isDark = false, bool hasScript = true, int width = 1000)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = hasScript,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout((float)Eventually.Limit.TotalMilliseconds);
        return await context.NewPageAsync();
    }
}
