//! Scale: a decoded picture to packed RGB in another size, straight from the decoder's pixel format (swscale).

use super::picture_pool::Pooled;
use ffmpeg_next::Error;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling::{Context, Flags};

/// Averages what a target pixel covers. Of swscale's ways this one is nearest to OpenCV's `resize` on our footage and nearly as
/// fast as the fastest, which aliases; `benchmarks/decode/README.md` has the numbers.
const SHRINK: Flags = Flags::AREA;
/// Same size: only the colours change; these flags are those of OpenCV's video reader.
const CONVERT: Flags = Flags::BICUBIC;

/// One scaler for one destination; the context is rebuilt when the source's size or format or the target's size changes.
#[derive(Default)]
pub(super) struct Scaler {
    context: Option<Context>,
    padded: Option<frame::Video>,
}

impl Scaler {
    /// Fills `into`, a buffer of `width` x `height`.
    pub(super) fn scale(
        &mut self,
        from: &frame::Video,
        into: &mut Pooled,
        width: u32,
        height: u32,
    ) -> Result<(), Error> {
        let context = context_for(&mut self.context, from, width, height)?;
        if let Some(direct) = into.direct() {
            return context.run(from, direct);
        }
        let fits = |padded: &frame::Video| (padded.width(), padded.height()) == (width, height);
        let kept = self.padded.take().filter(fits);
        let mut padded = kept.unwrap_or_else(|| frame::Video::new(Pixel::RGB24, width, height));
        let done = context.run(from, &mut padded);
        into.pack(&padded);
        self.padded = Some(padded);
        done
    }
}

/// The kept context, or one for what is asked now.
fn context_for<'c>(
    kept: &'c mut Option<Context>,
    from: &frame::Video,
    width: u32,
    height: u32,
) -> Result<&'c mut Context, Error> {
    let fitting = kept.take().filter(|context| {
        let (source, target) = (context.input(), context.output());
        (source.format, source.width, source.height) == (from.format(), from.width(), from.height())
            && (target.width, target.height) == (width, height)
    });
    let context = match fitting {
        Some(context) => context,
        None => {
            let same = (from.width(), from.height()) == (width, height);
            let flags = if same { CONVERT } else { SHRINK };
            Context::get(from.format(), from.width(), from.height(), Pixel::RGB24, width, height, flags)?
        }
    };
    Ok(kept.insert(context))
}
