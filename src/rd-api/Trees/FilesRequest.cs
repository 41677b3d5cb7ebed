using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>Reads the names of the files that a client asks for: JSON, a line for each (docs/protocol.md).</summary>
internal static class FilesRequest
{
    private static readonly MetadataError TooLarge = new(
        StatusCodes.Status413PayloadTooLarge, $"A request may name {Limits.BatchFiles} files in {Limits.BatchRequest >> 20} MiB: ask for the others in further ones.");

    /// <summary>
    /// Lets a body come, before anything else is decided: one that nobody takes ends the connection, and a refusal may be lost with it. What a refused
    /// one still has is taken by Kestrel, for 5 s at most.
    /// </summary>
    public static void AdmitBody(HttpContext context) => context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = Limits.RefusedRequest;

    /// <summary>Reads the whole body.</summary>
    /// <returns>The files, or why the request is refused.</returns>
    public static async Task<(List<WantedFile> Files, MetadataError? Error)> ReadAsync(HttpContext context, TimeSpan limit, TimeProvider time)
    {
        var request = context.Request;
        if (request.ContentType?.Split(';')[0].Trim().Equals(Wire.StreamMediaType, StringComparison.OrdinalIgnoreCase) != true)
            return ([], new MetadataError(StatusCodes.Status415UnsupportedMediaType, $"The names of files are asked for as {Wire.StreamMediaType}."));
        using var late = new CancellationTokenSource(limit, time);
        // To cancel the read by its token would leave it pending, and Kestrel log an error.
        using var interrupting = late.Token.Register(request.BodyReader.CancelPendingRead);
        try
        {
            return request.ContentLength > Limits.BatchRequest || await ReadBodyAsync(request.BodyReader, late.Token, context.RequestAborted) is not { } body ? ([], TooLarge) : Parse(body);
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return ([], TooLarge);
        }
        catch (BadHttpRequestException error)
        {
            return ([], new MetadataError(error.StatusCode, "The names of the files did not arrive as they should."));
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return ([], new MetadataError(StatusCodes.Status408RequestTimeout, "The names of the files took too long to arrive."));
        }
    }

    /// <returns>Null where it is larger than a request may be.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(PipeReader reader, CancellationToken late, CancellationToken aborted)
    {
        while (true)
        {
            var read = await reader.ReadAsync(aborted);
            if (read.Buffer.Length > Limits.BatchRequest)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCanceled)
                late.ThrowIfCancellationRequested();
        }
    }

    private static (List<WantedFile> Files, MetadataError? Error) Parse(ReadOnlyMemory<byte> body)
    {
        List<WantedFile> files = [];
        for (var number = 1; !body.IsEmpty; number++)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (files.Count == Limits.BatchFiles)
                return ([], TooLarge);
            if (!TryParse(line.Span, out var file))
                return ([], new MetadataError(StatusCodes.Status400BadRequest, $"Line {number} is not an object with the path of a file below this folder."));
            files.Add(file);
        }

        return (files, null);
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out WantedFile file)
    {
        file = default;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            byte[]? wire = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isPath = json.ValueTextEquals("path"u8);
                json.Read();
                if (isPath && json.TokenType == JsonTokenType.String)
                    wire = Text(ref json);
                else if (isPath)
                    return false;
                else
                    json.Skip();
            }

            if (wire is null || json.Read() || !TreePath.TryDecode(wire.ToArray(), out var path) || path.EndsWithSlash)
                return false;
            file = new WantedFile(wire, path);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter for text that is none, such as half a surrogate pair.
            return false;
        }
    }

    private static byte[] Text(ref Utf8JsonReader json)
    {
        var text = new byte[json.ValueSpan.Length];
        return text[..json.CopyString(text)];
    }
}
