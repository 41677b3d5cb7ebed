using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>Scripts of a server that has the file and knows nothing of digests.</summary>
internal static class PlainFixture
{
    /// <summary>More than one block of 2 MiB, which is what rd cuts files into by itself.</summary>
    public const int Size = (5 << 20) + 123;

    public static async Task<ClientFixture> StartAsync(int size = Size)
    {
        var fixture = await ClientFixture.StartAsync(size);
        fixture.Server.OnMetadata = NotFound;
        fixture.Server.Modified = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        return fixture;
    }

    public static Task<bool> NotFound(HttpContext context, int number)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.FromResult(true);
    }

    /// <summary>The whole file with 200, whatever was asked for.</summary>
    public static async Task<bool> SendWholeAsync(HttpContext context, ReadOnlyMemory<byte> content, bool isChunked = false)
    {
        if (!isChunked)
            context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
        return true;
    }
}
