using System.Net.Http.Headers;
using System.Text.Json;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Support;

/// <summary>Asks an rd-api for metadata, in both forms.</summary>
internal static class MetadataClient
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    extension(HttpClient client)
    {
        /// <summary>The answer to a request for the stream form, its body not yet read.</summary>
        /// <param name="target">Path and query behind <c>/rd/</c>, encoded.</param>
        public async Task<HttpResponseMessage> AskForStreamAsync(string target)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/rd/{target}");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Wire.StreamMediaType));
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        }

        /// <summary>The lines of the stream form as they come.</summary>
        public async IAsyncEnumerable<StreamLine> StreamAsync(string target)
        {
            using var response = await client.AskForStreamAsync(target);
            response.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            while (await lines.ReadLineAsync(Cancellation) is { } line)
                yield return StreamLineReader.Read(System.Text.Encoding.UTF8.GetBytes(line));
        }

        /// <summary>The classic form's document.</summary>
        public async Task<JsonElement> ClassicAsync(string target)
        {
            using var response = await client.GetAsync(new Uri($"/rd/{target}", UriKind.Relative), Cancellation);
            return JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        }

        /// <summary>What the classic form says in the end to a client that asks until nothing is pending.</summary>
        public async Task<JsonElement> ClassicWhenKnownAsync(string target)
        {
            var document = default(JsonElement);
            await Eventually.IsTrueAsync(
                async () => !(document = await client.ClassicAsync(target)).GetRawText().Contains("\"pending\"", StringComparison.Ordinal),
                $"nothing of {target} was pending");
            return document;
        }
    }

    /// <summary>The digests of all blocks lines, which must come in order from block <paramref name="from"/> on.</summary>
    public static byte[] DigestsOf(IEnumerable<StreamLine> lines, int digestSize, int from = 0)
    {
        var digests = new MemoryStream();
        foreach (var blocks in lines.OfType<StreamLine.Blocks>())
        {
            Assert.Equal(from + (digests.Length / digestSize), blocks.First);
            Assert.InRange(blocks.Digests.Length / digestSize, 1, Wire.MaxDigestsPerLine);
            digests.Write(blocks.Digests);
        }

        return digests.ToArray();
    }
}
