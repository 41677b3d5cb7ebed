using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>A request for many files in one answer: a POST, because their names do not fit in a URL; it changes nothing.</summary>
internal static class FilesRequest
{
    /// <summary>The media type of the answer.</summary>
    public const string MediaType = "application/x-reliable-download-files";

    public static HttpRequestMessage Of(Requests requests, Uri tree, IReadOnlyCollection<TreeFile> files)
    {
        var request = requests.Get(tree, headers => headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaType)));
        request.Method = HttpMethod.Post;
        request.Content = new ReadOnlyMemoryContent(Body(files));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Wire.StreamMediaType);
        return request;
    }

    private static ReadOnlyMemory<byte> Body(IReadOnlyCollection<TreeFile> files)
    {
        var body = new ArrayBufferWriter<byte>(files.Count * 128);
        using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        foreach (var file in files)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, file.Path.Wire);
            if (file.Facts.Version is { } version)
                json.WriteString("version"u8, version.Text);
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            body.Write("\n"u8);
        }

        return body.WrittenMemory;
    }
}
