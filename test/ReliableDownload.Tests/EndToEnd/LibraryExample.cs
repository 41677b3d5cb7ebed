// What the README shows of the library: from the next line to the end, word for word.
using ReliableDownload.Client;

namespace Example;

public static class Program
{
    public static async Task<bool> FetchAsync(Uri url, string target, CancellationToken cancellationToken)
    {
        var downloader = new Downloader(new DownloadOptions { Connections = 3 });
        var progress = new Progress<DownloadProgress>(now => Console.WriteLine($"{now.BytesProven} of {now.Size} bytes are proven"));

        var result = await downloader.DownloadAsync(url, target, progress, cancellationToken);

        Console.WriteLine(result.IsSuccess
            ? $"{result.Target}: {result.BytesFetched} bytes fetched, {result.BytesKept} kept, {result.Retries} retries"
            : $"{result.Outcome}: {result.Message}");
        return result.IsSuccess;
    }
}
