using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Files;

/// <summary>Answers that consist of a sentence for the user.</summary>
internal static class TextResponse
{
    public static Task NotFoundAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status404NotFound, "not found\n");

    /// <param name="sentence">In ASCII, with a line feed at its end.</param>
    public static Task WriteAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = sentence.Length;
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }
}
