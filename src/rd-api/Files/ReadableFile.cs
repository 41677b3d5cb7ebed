
namespace ReliableDownload.Api.Files;

/// <summary>Which files have digests.</summary>
internal static class ReadableFile
{
    extension(IWebRoot root)
    {
        /// <summary>The identity of a file that can be opened: one that may not be read has no digests.</summary>
        public FileIdentity? IdentifyReadable(RequestPath path)
        {
            using var file = path.EndsWithSlash ? null : root.OpenFile(path);
            return file?.Identity;
        }
    }
}
