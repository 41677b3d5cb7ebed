using System.Globalization;
using System.Text;
using QRCoder;

namespace ReliableDownload.Api.Listing;

/// <summary>A URL as a picture that phones read.</summary>
internal static class QrCode
{
    // Characters: more make a picture too fine for a screen.
    private const int MaxUrl = 800;

    /// <summary>An SVG element; null if the URL is too long.</summary>
    public static string? Svg(string url)
    {
        if (url.Length > MaxUrl)
            return null;
        using var data = QRCodeGenerator.GenerateQrCode(url, QRCodeGenerator.ECCLevel.M);
        var modules = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < modules.Count; y++)
        {
            for (var x = 0; x < modules[y].Length; x++)
            {
                if (modules[y][x])
                    path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg class=\"qr\" role=\"img\" aria-label=\"QR code of the URL\" viewBox=\"0 0 {modules.Count} {modules.Count}\" shape-rendering=\"crispEdges\"><path d=\"{path}\" fill=\"#000\"/></svg>");
    }
}
